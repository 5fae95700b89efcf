package roster

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"involt/internal/core/id"
	"involt/internal/core/person"
)

// many is a roster of n people with some hundreds of names.
func many(n int) *Roster {
	dice := rand.New(rand.NewPCG(1, 2))
	b := &builder{Roster: newRoster()}
	firsts, lasts := []string{"anna", "bo", "carla", "dirk", "eline", "francois", "gerrit", "heike"}, []string{"berg", "stein", "mann", "huis", "ford", "ez", "ier", "sen"}
	for i := range n {
		last := firsts[dice.IntN(8)][:2] + lasts[dice.IntN(8)] + lasts[dice.IntN(8)]
		e := Entry{
			Name: last + " " + firsts[dice.IntN(8)], Email: fmt.Sprintf("%s.%d@fleet-%d.example", last, i, i%97), External: fmt.Sprintf("E-%07d", i), Status: person.Active,
			Sessions: int64(dice.IntN(100)), Last: int64(dice.IntN(1_000_000)), Created: int64(dice.IntN(1_000_000)), Card: i%12 > 0, Groups: []id.Group{id.Group(fmt.Sprint("g", i%60))},
		}
		if i%20 == 0 {
			e.Status = person.Invited
		}
		binary.BigEndian.PutUint64(e.ID[:], uint64(i))
		binary.BigEndian.PutUint64(e.ID[8:], uint64(i)*0x9E3779B97F4A7C15)
		b.add(&e)
	}
	b.done()
	b.fit()
	return b.Roster
}

func BenchmarkPage(b *testing.B) {
	r := many(200_000)
	deep := Key{Text: "elmann", Number: 500_000}
	for name, w := range map[string]Want{
		"first":  {},
		"deep":   {From: &deep},
		"group":  {Filter: Filter{Group: "g7"}, Sort: BySessions, Down: true, From: &deep},
		"rare":   {Filter: Filter{Group: "g7", Status: person.Invited, CardMissing: true}, Sort: ByCreated},
		"status": {Filter: Filter{Status: person.Invited}, Sort: ByCharged},
	} {
		w.Limit = 50
		b.Run(name, func(b *testing.B) { ask(b, r, &w) })
	}
}

func BenchmarkSearch(b *testing.B) {
	r := many(200_000)
	for name, f := range map[string]Filter{
		"one":      {Words: Words("e-0123456")},
		"name":     {Words: Words("anna bosteinberg")},
		"common":   {Words: Words("berg")},
		"all":      {Words: Words("example")},
		"letter":   {Words: Words("b")},
		"external": {Words: Words("12345"), External: true},
	} {
		b.Run(name, func(b *testing.B) { ask(b, r, &Want{Filter: f, Limit: 50}) })
	}
}

func ask(b *testing.B, r *Roster, w *Want) {
	b.ReportAllocs()
	for b.Loop() {
		r.Part(w)
	}
}

// One person who changes their name.
func BenchmarkPut(b *testing.B) {
	r := many(200_000)
	e := Entry{ID: r.ids[77], Status: person.Active, Email: "x@y.example"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Name = [...]string{"berg anna", "zander bo"}[i%2]
		r.put(&e)
	}
}
