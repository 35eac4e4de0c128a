package envtest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// mortal is the driver of a process: what a dead program does has no effect.
type mortal struct {
	*provisiontest.Memory
	process *dnstest.Process
}

func (d *mortal) dead() error {
	if d.process.Crashed() {
		return dnstest.ErrCrashed
	}
	return nil
}

func (d *mortal) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	if err := d.dead(); err != nil {
		return provision.State{}, err
	}
	return d.Memory.Create(ctx, c)
}

func (d *mortal) Await(ctx context.Context, s provision.State) (provision.State, error) {
	if err := d.dead(); err != nil {
		return s, err
	}
	return d.Memory.Await(ctx, s)
}

func (d *mortal) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	if err := d.dead(); err != nil {
		return func(yield func(provision.State, error) bool) { yield(provision.State{}, err) }
	}
	return d.Memory.Find(ctx, o)
}

func (d *mortal) Delete(ctx context.Context, s provision.State) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Delete(ctx, s)
}

func (d *mortal) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	if err := d.dead(); err != nil {
		return nil, err
	}
	return d.Memory.Loses(ctx, s)
}

func (d *mortal) Look(ctx context.Context, c provision.Call, pin string) (provision.State, string, error) {
	if err := d.dead(); err != nil {
		return provision.State{}, "", err
	}
	return d.Memory.Look(ctx, c, pin)
}

func (d *mortal) Check(ctx context.Context, c provision.Call) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Check(ctx, c)
}

func newClient(p *dnstest.Process) *route53.Client { return route53.NewFromConfig(p.Config()) }

func cutLabel(name string) (label, rest string, ok bool) {
	label, rest, ok = strings.Cut(name, ".")
	return label, rest, ok && strings.Contains(rest, ".")
}

func printRecords(out io.Writer, sets []types.ResourceRecordSet) error {
	for _, s := range sets {
		var values []string
		for _, r := range s.ResourceRecords {
			values = append(values, aws.ToString(r.Value))
		}
		if to := s.AliasTarget; to != nil {
			values = append(values, "alias of "+aws.ToString(to.DNSName)+" in zone "+aws.ToString(to.HostedZoneId))
		}
		for _, value := range values {
			if _, err := fmt.Fprintf(out, "%-60s %-5s %s\n", aws.ToString(s.Name), s.Type, value); err != nil {
				return err
			}
		}
	}
	return nil
}
