package env

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Look-ups leave choices, such as the newest image of a name. Each is made once, before the environment's record is, and written into
// it, so that a resumed deploy makes what the first one began: with another image an instance would be another one, under a token
// that AWS knows already. The digest is that of the blueprint with its pins.

// maxPins bounds what pins may take of a record, which has 4,000 characters for everything.
const maxPins = 2000

// errUnchecked: the environment is new, and nobody has asked yet whether what its blueprint refers to exists.
var errUnchecked = errors.New("not checked yet")

// check looks up what the blueprint says exists, and whether all else that it refers to does.
func (d *deploy) check(ctx context.Context) error {
	checked, err := d.m.engine.Check(ctx, d.m.owner(d.id, d.commit, d.registry, nonce()), d.asked)
	if err != nil {
		return err
	}
	d.checked = &checked
	if err := d.pin(checked.Pins); err != nil {
		return err
	}
	if n := len(pinsText(d.blueprint.Pins)); n > maxPins {
		return fmt.Errorf("what the blueprint looks up takes %d characters of the environment's record, at most %d fit: name things by id instead of having them chosen", n, maxPins)
	}
	return nil
}

// pin makes choices a part of the blueprint. What the caller has chosen stays; an empty pin is no choice.
func (d *deploy) pin(pins map[string]string) (err error) {
	pinned := *d.asked
	pinned.Pins = make(map[string]string, len(pins)+len(d.asked.Pins))
	maps.Copy(pinned.Pins, pins)
	for node, pin := range d.asked.Pins {
		if pin != "" {
			pinned.Pins[node] = pin
		}
	}
	d.blueprint = &pinned
	d.digest, err = pinned.Digest()
	return err
}

// pinsText is how a record has pins: <node>:<pin>;..., sorted. Neither names of nodes nor pins contain a semicolon, and names no colon.
func pinsText(pins map[string]string) string {
	s := make([]string, 0, len(pins))
	for _, node := range slices.Sorted(maps.Keys(pins)) {
		s = append(s, node+":"+pins[node])
	}
	return strings.Join(s, ";")
}

// parsePins is the inverse of pinsText.
func parsePins(s string) (pins map[string]string, ok bool) {
	for _, entry := range splitList(s, ";") {
		node, pin, ok := strings.Cut(entry, ":")
		if !ok || node == "" || pin == "" {
			return nil, false
		}
		if pins == nil {
			pins = make(map[string]string)
		}
		pins[node] = pin
	}
	return pins, true
}
