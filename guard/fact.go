package guard

import (
	"fmt"
	"strings"
)

// A Fact is a set of the facts that have to be read from somewhere, and may
// fail to be. [Operation].Known says which of them were: an empty list means
// "there are none" only when its bit is set, and "nobody could tell" otherwise.
type Fact uint8

// The facts, to be combined with |. There is no constant for all of them on
// purpose: whoever gathers facts says which of them it did gather.
const (
	FactHolds    Fact = 1 << iota // Operation.Holds
	FactPointers                  // Operation.Pointers
	FactLosses                    // Operation.Losses
	FactHistory                   // Operation.Aliases
	FactTimes                     // Operation.Created, Unheld, Lease, Now and CacheTTL
)

// String names the facts of the set, such as "holds, pointers".
func (f Fact) String() string {
	if f == 0 {
		return "none"
	}
	var names []string
	for i, name := range []string{"holds", "pointers", "losses", "history", "times"} {
		if bit := Fact(1) << i; f&bit != 0 {
			names = append(names, name)
			f &^= bit
		}
	}
	if f != 0 {
		names = append(names, fmt.Sprintf("Fact(%#x)", uint8(f)))
	}
	return strings.Join(names, ", ")
}
