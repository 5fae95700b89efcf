package site

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"involt/internal/kit/errs"
)

// Point is where a location is; the zero one is not known.
type Point struct {
	Known               bool
	Latitude, Longitude int64 // millionths of a degree, north and east
}

// String is "52.516300, 13.377700", as maps show and take it; "" if not known.
func (p Point) String() string {
	if !p.Known {
		return ""
	}
	return fmt.Sprintf("%.6f, %.6f", float64(p.Latitude)/1e6, float64(p.Longitude)/1e6)
}

// ParsePoint reads what String writes, and what people copy from maps: latitude
// and longitude in degrees. Nothing is the point that is not known. The error is at
// the field "coordinates".
func ParsePoint(text string) (Point, error) {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' || r == '°' })
	if len(fields) == 0 {
		return Point{}, nil
	}
	bad := errs.AtField("coordinates", "Write latitude and longitude in degrees, as a map shows them: 52.5163, 13.3777.")
	if len(fields) != 2 {
		return Point{}, bad
	}
	lat, err1 := strconv.ParseFloat(fields[0], 64)
	long, err2 := strconv.ParseFloat(fields[1], 64)
	if err1 != nil || err2 != nil || !(math.Abs(lat) <= 90) || !(math.Abs(long) <= 180) { // also if it is no number
		return Point{}, bad
	}
	return Point{Known: true, Latitude: int64(math.Round(lat * 1e6)), Longitude: int64(math.Round(long * 1e6))}, nil
}

// Kilometres is the way from one point to another as the crow flies; false if one
// of them is not known.
func (p Point) Kilometres(q Point) (km float64, known bool) {
	if !p.Known || !q.Known {
		return 0, false
	}
	const earth = 6371.0 // its radius
	rad := func(micro int64) float64 { return float64(micro) / 1e6 * math.Pi / 180 }
	dLat, dLong := rad(q.Latitude-p.Latitude), rad(q.Longitude-p.Longitude)
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(rad(p.Latitude))*math.Cos(rad(q.Latitude))*math.Pow(math.Sin(dLong/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(1, h))), true
}
