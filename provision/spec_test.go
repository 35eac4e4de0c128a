package provision_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// thing is a spec that has a field of every sort.
type thing struct {
	Label   provision.Text
	Uses    []provision.Text
	Env     map[string]provision.Text
	Rules   []rule
	Limit   *rule
	Any     any
	Size    int
	On      bool
	Timeout time.Duration
	Start   time.Time
	Ratio   float64
	Zones   [2]provision.Text
}

type rule struct {
	From provision.Text
	Port int
}

func (thing) Kind() provision.Kind { return "test/thing" }

func (thing) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Early: true, Doc: "the id"},
		{Name: "Host", Doc: "a host name, known when the thing is ready"},
		{Name: "Port", Type: provision.NumberType},
		{Name: "Parts", Type: provision.ListType, Early: true},
	}
}

func (t thing) Validate() error {
	var errs []error
	if t.Size < 0 {
		errs = append(errs, fmt.Errorf("Size %d: must not be negative", t.Size))
	}
	if t.Timeout > time.Hour {
		errs = append(errs, errors.New("Timeout: at most one hour"))
	}
	return errors.Join(errs...)
}

var owner = provision.Owner{
	Registry: "r4q9", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
	Commit: "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778", Attempt: "k3v9", Subject: "feat(api): x",
}
