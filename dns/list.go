package dns

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"
)

// Get reads one record, as it was last written, with one request. A record that
// does not exist is no error: the result says so by [Record.Exists]. Of a weighted
// or other routing set, Get returns the first member.
func (z *Zone) Get(ctx context.Context, name, typ string) (Record, error) {
	want := keyOf(name, typ)
	records, _, err := z.list(ctx, position{name: wireName(name), typ: typ}, 1)
	if err != nil {
		return Record{}, err
	}
	// The name is where the list starts and not a filter.
	for _, r := range records {
		if r.key() == want {
			return r, nil
		}
	}
	return Record{Name: want.name, Type: want.typ}, nil
}

// Page makes one listing request and returns the records from a position on, in
// Route 53's order: by the labels of their names from the last to the first, so
// that what lies below a name follows it. from is a name, which need not exist, or
// the next of another page, or "" for the start of the zone. next is "" at the end
// of the zone.
//
// A page is a reading of one moment; pages together are not, if the zone changes
// meanwhile.
func (z *Zone) Page(ctx context.Context, from string) (records []Record, next string, err error) {
	records, end, err := z.list(ctx, parsePosition(from), z.opts.PageSize)
	if err != nil {
		return nil, "", err
	}
	return records, end.String(), nil
}

// Records ranges over the records whose names are under or below it; "" stands for
// the whole zone. It asks for pages as it goes and stops after the first error,
// which comes with a zero Record. See [Zone.Page] for what several pages mean.
func (z *Zone) Records(ctx context.Context, under string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for from := Name(under); ; {
			records, next, err := z.Page(ctx, from)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range records {
				if !Under(r.Name, under) || !yield(r, nil) {
					return
				}
			}
			switch next {
			case "":
				return
			case from:
				yield(Record{}, fmt.Errorf("dns: listing zone %s: the page from %q leads to itself", z.id, from))
				return
			}
			from = next
		}
	}
}

// list makes one listing request.
func (z *Zone) list(ctx context.Context, from position, size int32) ([]Record, position, error) {
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(z.id), MaxItems: aws.Int32(size)}
	if from.name != "" {
		in.StartRecordName = aws.String(from.name)
		in.StartRecordType = types.RRType(from.typ)
	}
	if from.setID != "" {
		in.StartRecordIdentifier = aws.String(from.setID)
	}
	var out *route53.ListResourceRecordSetsOutput
	err := z.read(ctx, z.id, "listing zone "+z.id, func(ctx context.Context) (_ middleware.Metadata, err error) {
		if out, err = z.api.ListResourceRecordSets(ctx, in); err != nil {
			return middleware.Metadata{}, err
		}
		return out.ResultMetadata, nil
	})
	if err != nil {
		return nil, position{}, err
	}
	records := make([]Record, len(out.ResourceRecordSets))
	for i, set := range out.ResourceRecordSets {
		records[i] = newRecord(set)
	}
	if !out.IsTruncated {
		return records, position{}, nil
	}
	return records, position{
		name:  wireName(aws.ToString(out.NextRecordName)),
		typ:   string(out.NextRecordType),
		setID: aws.ToString(out.NextRecordIdentifier),
	}, nil
}

// position is a place in the list of a zone's records. A page may end between two
// types of a name, or two members of a set, so a name alone does not say it.
type position struct{ name, typ, setID string }

// String writes the position as words; a name on the wire has no space in it.
func (p position) String() string {
	return strings.TrimRight(p.name+" "+p.typ+" "+p.setID, " ")
}

// parsePosition reads what String wrote, or a name.
func parsePosition(from string) position {
	name, rest, ok := strings.Cut(from, ". ")
	if !ok {
		if from == "" {
			return position{}
		}
		return position{name: wireName(from)}
	}
	typ, setID, _ := strings.Cut(rest, " ")
	return position{name: wireName(name), typ: typ, setID: setID}
}
