//go:build !unix

package bench

import "time"

// cpu is not known here.
func cpu() time.Duration { return 0 }

// rss is not known here.
func rss() float64 { return 0 }
