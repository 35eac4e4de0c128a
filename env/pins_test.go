package env_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// newest is a look-up of an image of which there is a newer one each time that somebody asks.
type newest struct{ Name provision.Text }

func (newest) Kind() provision.Kind        { return "test/newest" }
func (newest) Existing()                   {}
func (newest) Validate() error             { return nil }
func (newest) Outputs() []provision.Output { return []provision.Output{{Name: "ID"}} }

// images returns an option for a world with such images, and how often a new one was chosen.
func images() (func(*envtest.Options), *atomic.Int64) {
	chosen := new(atomic.Int64)
	return func(o *envtest.Options) {
		o.Memory = append(o.Memory, func(o *provisiontest.MemoryOptions) {
			o.Looks = []provision.Kind{"test/newest"}
			o.Look = func(c provision.Call, pin string) (provision.State, string, error) {
				name := string(c.Spec.(newest).Name)
				if name == "gone" {
					return provision.State{}, "", &provision.MissingError{Field: "Name", What: "image gone"}
				}
				if name == "fixed" {
					return provision.State{ID: "x", Outputs: map[string]provision.Value{"ID": provision.TextValue("x")}}, "", nil
				}
				if pin == "" {
					pin = fmt.Sprintf("ami-%s:%d", name, chosen.Add(1))
				}
				return provision.State{ID: pin, Outputs: map[string]provision.Value{"ID": provision.TextValue(pin)}}, pin, nil
			}
		})
	}, chosen
}

func imageBlueprint(name provision.Text) *provision.Blueprint {
	b := &provision.Blueprint{}
	image := b.Add("image", newest{Name: name})
	web := kinds.AddInstance(b, "web", kinds.Instance{Image: image.Output("ID"), Type: "t3.micro"})
	b.Entrance.Host = web.PublicDNS()
	return b
}

func TestChoiceOfALookUpIsMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, chosen := images()
		w := envtest.New(t, option)
		c := w.Commit("one")
		e := deployed(t, w.Manager, c, imageBlueprint("base"))
		require.Equal(t, map[string]string{"image": "ami-base:1"}, e.Pins)
		require.Equal(t, 1, e.Made, "what is looked up is not counted")
		require.Contains(t, txt(t, w, e.ID), " pins=image:ami-base:1 ")
		require.NotContains(t, txt(t, w, e.ID), "svc=ec2.test")

		time.Sleep(time.Hour)
		before := len(w.Route53.Calls())
		again := deployed(t, w.Manager, c, imageBlueprint("base"))
		require.Equal(t, e.Attempt, again.Attempt)
		require.Len(t, w.Route53.Calls(), before+1)
		require.EqualValues(t, 1, chosen.Load(), "nothing is asked when there is nothing to do")

		healed, err := w.Deploy(t.Context(), c, imageBlueprint("base"), env.Heal())
		require.NoError(t, err)
		require.Equal(t, e.Pins, healed.Pins)

		_, err = w.Deploy(t.Context(), c, imageBlueprint("other"))
		require.ErrorIs(t, err, env.ErrImmutable)
		pinned := imageBlueprint("base")
		pinned.Pins = map[string]string{"image": "ami-base:7"}
		_, err = w.Deploy(t.Context(), c, pinned)
		require.ErrorIs(t, err, env.ErrImmutable)
		pinned.Pins["image"] = "ami-base:1"
		deployed(t, w.Manager, c, pinned)
		noLookUp := &provision.Blueprint{}
		kinds.AddQueue(noLookUp, "jobs", kinds.Queue{})
		_, err = w.Deploy(t.Context(), c, noLookUp)
		require.ErrorIs(t, err, env.ErrImmutable)

		other := deployed(t, w.Manager, w.Commit("two"), imageBlueprint("base"))
		require.Equal(t, map[string]string{"image": "ami-base:2"}, other.Pins, "another environment chooses for itself")
		third, err := w.Deploy(t.Context(), w.Commit("three"), pinned)
		require.NoError(t, err)
		require.Equal(t, pinned.Pins, third.Pins, "unless it is told")

		_, err = w.Terminate(t.Context(), e.ID, waiveAll)
		require.NoError(t, err)
	})
}

// An empty pin that got into the record would make it one that cannot be understood: the environment could not be deployed again, nor
// terminated.
func TestEmptyPinIsNoPin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, _ := images()
		w := envtest.New(t, option)
		c := w.Commit("one")
		b := imageBlueprint("base")
		b.Pins = map[string]string{"image": ""}
		e := deployed(t, w.Manager, c, b)
		require.Equal(t, map[string]string{"image": "ami-base:1"}, e.Pins)
		deployed(t, w.Manager, c, imageBlueprint("base"))
		_, err := w.Terminate(t.Context(), e.ID, waiveAll)
		require.NoError(t, err)
	})
}

// What an environment was made of may be gone when it is healed.
func TestHealAfterWhatWasReferredToIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, _ := images()
		var gone atomic.Bool
		w := envtest.New(t, option, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(o *provisiontest.MemoryOptions) {
				o.Check = func(c provision.Call) error {
					if !gone.Load() {
						return nil
					}
					return &provision.MissingError{Field: "KeyPair", What: "key pair ops"}
				}
				look := o.Look
				o.Look = func(c provision.Call, pin string) (provision.State, string, error) {
					if gone.Load() {
						return provision.State{}, "", &provision.MissingError{What: "image " + pin}
					}
					return look(c, pin)
				}
			})
		})
		c := w.Commit("one")
		e := deployed(t, w.Manager, c, imageBlueprint("base"))
		gone.Store(true)
		healed, err := w.Deploy(t.Context(), c, imageBlueprint("base"), env.Heal())
		require.NoError(t, err)
		require.Equal(t, e.Pins, healed.Pins)
		_, err = w.Deploy(t.Context(), w.Commit("two"), imageBlueprint("base"))
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

// txt returns the text of the record of an environment.
func txt(t *testing.T, w *envtest.World, id string) string {
	t.Helper()
	r, err := w.Zone.Get(t.Context(), id+"._env."+envtest.Base, dns.TypeTXT)
	require.NoError(t, err)
	return r.Value()
}

// A resumed deploy makes what the first one began, wherever that one was killed.
func TestChoiceOfALookUpSurvivesACrash(t *testing.T) {
	for _, when := range []dnstest.When{dnstest.Before, dnstest.After} {
		for k := 1; ; k++ {
			crashed := false
			t.Run(fmt.Sprintf("%v call %d", when, k), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					option, _ := images()
					w := envtest.New(t, option)
					c := w.Commit("one")
					ci := w.Process(t, "ci")
					ci.CrashAt(k, when)
					_, err := ci.Deploy(t.Context(), c, imageBlueprint("base"))
					crashed = ci.Crashed()
					require.Equal(t, crashed, err != nil)
					e := deployed(t, w.Manager, c, imageBlueprint("base"))
					// Memory refuses to adopt what was made with another image.
					require.Len(t, w.Memory.All(), 1)
					require.Contains(t, txt(t, w, e.ID), "pins=image:"+e.Pins["image"])
				})
			})
			if !crashed {
				require.Greater(t, k, 5, "the test must have crashed something")
				break
			}
		}
	}
}

func TestDeployersWhoChoseDifferentlyAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, chosen := images()
		w := envtest.New(t, option)
		c := w.Commit("one")
		const n = 8
		got := make(chan env.Environment, n)
		errs := make(chan error, n)
		for i := range n {
			p := w.Process(t, fmt.Sprint("ci", i))
			go func() {
				e, err := p.Deploy(t.Context(), c, imageBlueprint("base"))
				got <- e
				errs <- err
			}()
		}
		first := <-got
		for range n - 1 {
			require.Equal(t, first.Pins, (<-got).Pins)
		}
		for range n {
			require.NoError(t, <-errs)
		}
		require.Greater(t, chosen.Load(), int64(1), "the test must have let them choose differently")
		require.Len(t, w.Memory.All(), 1)
	})
}

func TestNothingIsWrittenWhenSomethingIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, _ := images()
		w := envtest.New(t, option, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(o *provisiontest.MemoryOptions) {
				o.Check = func(c provision.Call) error {
					return &provision.MissingError{Field: "KeyPair", What: "key pair ops", Err: errors.New("InvalidKeyPair.NotFound")}
				}
			})
		})
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			_, err := w.Deploy(t.Context(), w.Commit("one"), imageBlueprint("gone"), opts...)
			var all *provision.CheckError
			require.ErrorAs(t, err, &all)
			require.Len(t, all.Problems, 2)
			require.ErrorIs(t, err, provision.ErrMissing)
			require.Empty(t, w.Route53.Batches(w.ZoneID))
			require.Zero(t, w.Memory.Count(provisiontest.OpCreate))
		}
	})
}

func TestPinsFitIntoTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, _ := images()
		w := envtest.New(t, option)
		b := imageBlueprint("base")
		for i := range 5 {
			b.Add(fmt.Sprintf("more%d", i), newest{Name: provision.Text(strings.Repeat("x", 450))})
		}
		_, err := w.Deploy(t.Context(), w.Commit("one"), b)
		require.ErrorContains(t, err, "characters of the environment's record, at most 2000 fit")
		require.Empty(t, w.Route53.Batches(w.ZoneID))
		b.Nodes = b.Nodes[:len(b.Nodes)-2]
		given := imageBlueprint("base")
		given.Pins = make(map[string]string)
		for i := range 4 {
			node := given.Add(fmt.Sprintf("fixed%d", i), newest{Name: "fixed"}).Name
			given.Pins[node] = strings.Repeat("x", 500)
		}
		_, err = w.Deploy(t.Context(), w.Commit("three"), given)
		require.ErrorContains(t, err, "at most 2000 fit", "also those that the caller gives")
		require.Empty(t, w.Route53.Batches(w.ZoneID))
		deployed(t, w.Manager, w.Commit("two"), b)
	})
}
