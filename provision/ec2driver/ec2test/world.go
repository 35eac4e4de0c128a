package ec2test

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A world is the EC2 of one region. It is guarded by EC2.mu.
type world struct {
	ec2       *EC2
	region    string
	vpcs      []types.Vpc
	subnets   []types.Subnet
	images    []types.Image
	order     map[string]int // of VPCs, subnets and images, by id
	groups    map[string]*group
	instances map[string]*instance
	enis      map[string]*eni
	volumes   map[string]*volume
	tokens    map[string]*tokenUse
	templates map[string]*template
	// templateTokens are the client tokens of launch templates. They are kept for ever, which is the hardest that EC2 can do.
	templateTokens map[string]*templateUse

	last int // of the numbers that give resources an order
}

func (e *EC2) world(region string) *world {
	w := e.worlds[region]
	if w != nil {
		return w
	}
	w = &world{
		ec2:       e,
		region:    region,
		order:     map[string]int{},
		groups:    map[string]*group{},
		instances: map[string]*instance{},
		enis:      map[string]*eni{},
		volumes:   map[string]*volume{},
		tokens:    map[string]*tokenUse{},
		templates: map[string]*template{},

		templateTokens: map[string]*templateUse{},
	}
	e.worlds[region] = w
	if !e.opts.NoDefaultVPC {
		w.addVPC("172.31", true)
	}
	w.addVPC("10.0", false)
	for _, image := range e.opts.Images {
		w.addImage(image)
	}
	return w
}

func (w *world) account() string { return w.ec2.cloud.Options().Account }

// id makes an id in EC2's long form, e.g. "i-0123456789abcdef0".
func (w *world) id(prefix string) string {
	return fmt.Sprintf("%s-0%016x", prefix, w.ec2.rand.Uint64())
}

func (w *world) next() int {
	w.last++
	return w.last
}

// age is what resources have in common that come into being: an order, and a time in which they are not known yet.
type age struct {
	seq  int
	born time.Time
}

func (w *world) birth() age { return age{seq: w.next(), born: time.Now()} }

// isKnown reports whether the resource has got around by now.
func (w *world) isKnown(a age) bool { return time.Since(a.born) >= w.ec2.opts.Lag }

// shownTags are the tags that a call sees.
func (w *world) shownTags(a age, tags []types.Tag) []types.Tag {
	if time.Since(a.born) < w.ec2.opts.Lag+w.ec2.opts.TagLag {
		return nil
	}
	return slices.Clone(tags)
}

// settle lets happen what is due: instances that have shut down lose their interfaces and volumes, old ones are
// forgotten, and so are their tokens. Other services let go of their interfaces.
func (w *world) settle(now time.Time) {
	w.releaseInterfaces(now)
	for id, i := range w.instances {
		ended, ok := i.end(w)
		if !ok || now.Before(ended) {
			continue
		}
		delete(w.enis, i.eni)
		for _, id := range i.volumes {
			if v := w.volumes[id]; v != nil && v.goes {
				delete(w.volumes, id)
			} else if v != nil {
				v.instance = ""
			}
		}
		if !now.Before(ended.Add(w.ec2.opts.Remember)) {
			delete(w.instances, id)
		}
	}
	for token, use := range w.tokens {
		if slices.ContainsFunc(use.instances, func(i *instance) bool {
			ended, ok := i.end(w)
			return !ok || now.Before(ended.Add(w.ec2.opts.TokenLife))
		}) {
			continue
		}
		delete(w.tokens, token)
	}
}
