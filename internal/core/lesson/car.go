package lesson

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Within is how long after a car was refused somebody who charges at the same EVSE may
// have come with it.
const Within = time.Minute

// Answer is what somebody says of a car.
type Answer string

// The answers.
const (
	NotAnswered Answer = ""
	Mine        Answer = "mine"
	NotMine     Answer = "not-mine"
)

// Car is the question whether a car is somebody's. Nobody is asked twice about the
// same one.
type Car struct {
	Workspace id.Workspace
	ID        id.Car
	Person    id.Person
	MAC       string  // 12 hex digits
	Card      id.Card // suspended until they say yes
	Charger   id.Charger
	At        time.Time // when it was seen there
	Answer    Answer
}

const carColumns = `workspace, id, person, mac, card, charger, at, answer`

func scanCar(row db.Scanner) (c Car, err error) {
	var at int64
	err = row.Scan(&c.Workspace, &c.ID, &c.Person, &c.MAC, &c.Card, &c.Charger, &at, &c.Answer)
	c.At = time.UnixMilli(at).UTC()
	return c, err
}

// Propose adds c and sets its ID. It reports false if the person was asked about this
// car before.
func Propose(tx *db.Tx, c *Car) (bool, error) {
	c.ID = id.New[id.Car]()
	n, err := tx.Exec(`INSERT INTO car_question (`+carColumns+`, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0) ON CONFLICT DO NOTHING`,
		c.Workspace, c.ID, c.Person, c.MAC, c.Card, c.Charger, c.At.UnixMilli())
	return n > 0, err
}

// CarByID returns one of the workspace.
func CarByID(tx *db.Tx, ws id.Workspace, one id.Car) (Car, error) {
	all, err := db.All(tx, scanCar, `SELECT `+carColumns+` FROM car_question WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such question any more.")
	}
	if err != nil {
		return Car{}, err
	}
	return all[0], nil
}

// OpenCars returns those that a person has not answered, the oldest first.
func OpenCars(tx *db.Tx, ws id.Workspace, who id.Person) ([]Car, error) {
	return db.All(tx, scanCar, `SELECT `+carColumns+` FROM car_question WHERE workspace = ? AND person = ? AND answer = '' ORDER BY at, id`, ws, who)
}

// Asked reports whether a card waits for its driver to say that the car is theirs.
func Asked(tx *db.Tx, ws id.Workspace, c id.Card) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM car_question WHERE workspace = ? AND card = ? AND answer = '')`, []any{ws, c}, &yes)
	return yes, err
}

// Say notes an answer. It reports false if there was one.
func Say(tx *db.Tx, ws id.Workspace, one id.Car, a Answer) (bool, error) {
	n, err := tx.Exec(`UPDATE car_question SET answer = ?, answered_at = ? WHERE workspace = ? AND id = ? AND answer = ''`, a, tx.NowMS(), ws, one)
	return n > 0, err
}

// Erase removes what is about people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	in := db.In(len(list))
	if _, err := tx.Exec(`DELETE FROM lesson WHERE workspace = ? AND person IN `+in, db.Args(list, any(ws))...); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM car_question WHERE workspace = ? AND person IN `+in, db.Args(list, any(ws))...)
	return err
}

// MoveTo makes what is about one person another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	if _, err := tx.Exec(`DELETE FROM car_question WHERE workspace = ? AND person = ? AND mac IN (SELECT mac FROM car_question WHERE workspace = ? AND person = ?)`, ws, from, ws, to); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`UPDATE car_question SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from); err != nil {
		return 0, err
	}
	return tx.Exec(`UPDATE lesson SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}
