// Package names makes people and places up, the same ones every time.
package names

import (
	"math/rand/v2"
	"strings"

	"involt/internal/core/person"
)

// What people and places are called.
var (
	Languages = []string{"en", "de", "nl", "fr", "es"}
	First     = []string{
		"Agnes", "Baptiste", "Consuelo", "Detlef", "Eline", "François", "Gerrit", "Heike", "Íñigo", "Janneke", "Kirsten", "Loïc", "Maaike", "Núria",
		"Oliver", "Pilar", "Rüdiger", "Saskia", "Théo", "Ulla", "Valérie", "Wouter", "Ximena", "Yvonne", "Zacharias",
	}
	Last = []string{
		"Achterberg", "Böhm", "Cázares", "de Boer", "Étienne", "Fuchs", "Gallagher", "Hernández", "Ibarra", "Jäger", "Kuiper", "Leclerc", "Muñoz",
		"Nijhuis", "Ogden", "Périer", "Quiroga", "Reinders", "Stöckl", "Terpstra", "Unwin", "Vandamme", "Winkler", "Ybarra", "Zijlstra",
	}
	Cities  = []string{"Aachen", "Breda", "Córdoba", "Dijon", "Essen", "Gent", "Haarlem", "Köln", "Leeds", "Metz", "Nîmes", "Oviedo", "Utrecht", "York"}
	Streets = []string{"Bahnhofstraße", "Calle Mayor", "Hoofdstraat", "Rue de la Gare", "Station Road"}
)

// Clans are family names that nobody else bears.
var Clans = [20]string{
	"Quaedvlieg", "Abendroth", "Przybylski", "Szczepański", "Oyelaran", "Dumoulin", "Etxeberria", "Ngo-Thanh", "Þorvaldsson", "Zubizarreta",
	"Uythoven", "Wojciechowicz", "Kirchgässner", "Fjällräv", "Delacroix", "Boekhoudt", "Iglesias", "Grünwald-Mayr", "Lefèbvre", "Hammerschmidt",
}

// Clan is how many bear one of the names of [Clans].
const Clan = 60

// Family makes some thousands of different ones.
func Family(r *rand.Rand) string {
	first, second := roots[r.IntN(len(roots))], endings[r.IntN(len(endings))]
	switch n := r.IntN(20); {
	case n < 4:
		return Last[r.IntN(len(Last))]
	case n < 6:
		return particles[r.IntN(len(particles))] + " " + first + second
	case n < 7:
		return first + second + "-" + Last[r.IntN(len(Last))]
	}
	return first + second
}

// Mail is a name as addresses have it.
func Mail(last string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, person.Fold(last))
}

var (
	roots = []string{
		"Ahl", "Alt", "Bach", "Barr", "Bauer", "Ber", "Blanch", "Bram", "Brück", "Carp", "Castel", "Clav", "Dahl", "Darn", "Dijk", "Dorn", "Eich", "Fern", "Fisch", "Gar", "Gonz", "Grün",
		"Haag", "Hart", "Hill", "Holl", "Jans", "Kap", "Kirch", "Kloos", "Laval", "Lind", "Mart", "Meul", "Mont", "Nav", "Neu", "Orte", "Pell", "Quint", "Ram", "Rich", "Rous", "Sand", "Schön",
		"Stein", "Tann", "Tor", "Utter", "Vald", "Verm", "Wald", "West", "Wint", "York", "Zand",
	}
	endings = []string{
		"mann", "er", "berg", "stein", "feld", "bach", "inger", "ez", "ado", "ón", "illo", "eau", "ier", "ard", "el", "in", "stra", "ma", "sen", "huis", "ink", "well", "ton", "ford", "by", "ley",
	}
	particles = []string{"van", "de", "von", "van der", "du", "del"}
)
