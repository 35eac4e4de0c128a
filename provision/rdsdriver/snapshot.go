package rdsdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// manual is the type of the snapshots that stay until somebody deletes them, as final snapshots do.
const manual = "manual"

// lookSnapshot finds the snapshot that is named or pinned, or chooses the latest.
func (d *Driver) lookSnapshot(ctx context.Context, o provision.Owner, spec kinds.ExistingSnapshot, pin string) (provision.State, string, error) {
	switch {
	case spec.Name != "":
		s, err := d.availableSnapshot(ctx, "Name", string(spec.Name), "")
		return s, "", err
	case pin != "":
		s, err := d.availableSnapshot(ctx, "", pin, ", which is pinned,")
		return s, pin, err
	}
	in := &rds.DescribeDBSnapshotsInput{}
	field, what, fits := "Instance", "an available snapshot of database "+string(spec.Instance), func(*types.DBSnapshot) bool { return true }
	if spec.Node != "" {
		field, what, fits = "Node", fmt.Sprintf("a final snapshot of node %q of %s", spec.Node, o.App), func(s *types.DBSnapshot) bool { return isFinal(o, spec.Node, s) }
		in.SnapshotType = aws.String(manual)
	} else {
		in.DBInstanceIdentifier = aws.String(string(spec.Instance))
		if spec.Manual {
			in.SnapshotType = aws.String(manual)
		}
	}
	latest, err := d.latestSnapshot(ctx, in, fits)
	switch {
	case unknown(err): // RDS may know a deleted database no more, although there are snapshots of it
		return provision.State{}, "", &provision.MissingError{Field: field, What: what, Err: err}
	case err != nil:
		return provision.State{}, "", fmt.Errorf("look for %s: %w", what, err)
	case latest == nil:
		return provision.State{}, "", &provision.MissingError{Field: field, What: what}
	}
	name := aws.ToString(latest.DBSnapshotIdentifier)
	return snapshotState(name, latest), name, nil
}

// latestSnapshot chooses among the available snapshots of a listing. Nil means that there is none.
func (d *Driver) latestSnapshot(ctx context.Context, in *rds.DescribeDBSnapshotsInput, fits func(*types.DBSnapshot) bool) (*types.DBSnapshot, error) {
	var all []*types.DBSnapshot
	pages := rds.NewDescribeDBSnapshotsPaginator(d.api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for i := range page.DBSnapshots {
			if s := &page.DBSnapshots[i]; aws.ToString(s.Status) == statusAvailable && fits(s) {
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return slices.MaxFunc(all, func(a, b *types.DBSnapshot) int {
		return cmp.Or(takenAt(a).Compare(takenAt(b)), cmp.Compare(aws.ToString(a.DBSnapshotIdentifier), aws.ToString(b.DBSnapshotIdentifier)))
	}), nil
}

// takenAt is how old the data in a snapshot is. A copy is as old as what it was copied from.
func takenAt(s *types.DBSnapshot) time.Time {
	if s.OriginalSnapshotCreateTime != nil {
		return *s.OriginalSnapshotCreateTime
	}
	return aws.ToTime(s.SnapshotCreateTime)
}

// finalNumber is what stands behind the name of a second final snapshot, and of further ones.
var finalNumber = regexp.MustCompile(`^(-[2-9])?$`)

// isFinal reports whether a snapshot is one that the driver had taken when it deleted a database of that node, for whichever environment
// of o's application. RDS copies the tags of the database to it.
func isFinal(o provision.Owner, node string, snapshot *types.DBSnapshot) bool {
	s := provision.State{ID: aws.ToString(snapshot.DBInstanceIdentifier)}
	rest, ok := strings.CutPrefix(aws.ToString(snapshot.DBSnapshotIdentifier), FinalSnapshot(s))
	tags := taglist.Map(snapshot.TagList, pair)
	anyEnv := provision.Owner{Registry: o.Registry, Base: o.Base, App: o.App}
	return ok && finalNumber.MatchString(rest) && anyEnv.Matches(tags) && provision.StateOwner(&s, tags) && s.Node == node
}

// availableSnapshot finds a snapshot by its name or ARN, which can be restored.
func (d *Driver) availableSnapshot(ctx context.Context, field, id, remark string) (provision.State, error) {
	missing := &provision.MissingError{Field: field, What: "snapshot " + id + remark}
	s, err := d.describeSnapshot(ctx, id)
	switch {
	case unknownSnapshot(err):
		return provision.State{}, missing
	case err != nil:
		return provision.State{}, fmt.Errorf("look for snapshot %s: %w", id, err)
	case aws.ToString(s.Status) != statusAvailable:
		missing.Why = "its status is " + aws.ToString(s.Status)
		return provision.State{}, missing
	}
	if !strings.HasPrefix(id, "arn:") {
		id = aws.ToString(s.DBSnapshotIdentifier)
	}
	return snapshotState(id, s), nil
}

// describeSnapshot looks at one snapshot, by its name or by the ARN of one that is shared. The error is one of
// [unknownSnapshot] if there is none. RDS wants to know the type of a snapshot that it has made by itself (API reference,
// DescribeDBSnapshots), which its name tells.
func (d *Driver) describeSnapshot(ctx context.Context, id string) (*types.DBSnapshot, error) {
	in := &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String(id)}
	switch {
	case strings.HasPrefix(id, "arn:"):
		in.IncludeShared = aws.Bool(true)
	case strings.HasPrefix(id, "rds:"):
		in.SnapshotType = aws.String("automated")
	case strings.HasPrefix(id, "awsbackup:"):
		in.SnapshotType = aws.String("awsbackup")
	}
	out, err := d.api.DescribeDBSnapshots(ctx, in)
	switch {
	case err != nil:
		return nil, err
	case len(out.DBSnapshots) == 0:
		return nil, &types.DBSnapshotNotFoundFault{Message: aws.String("RDS lists no snapshot " + id)}
	}
	return &out.DBSnapshots[0], nil
}

// unknownSnapshot reports whether err says that RDS knows no such snapshot.
func unknownSnapshot(err error) bool {
	var missing *types.DBSnapshotNotFoundFault
	return errors.As(err, &missing)
}

// snapshotState describes a snapshot by the outputs of [kinds.ExistingSnapshot].
func snapshotState(id string, s *types.DBSnapshot) provision.State {
	return provision.State{ID: id, Name: aws.ToString(s.DBSnapshotIdentifier), Outputs: map[string]provision.Value{
		"ID":            provision.TextValue(id),
		"ARN":           provision.TextValue(aws.ToString(s.DBSnapshotArn)),
		"Instance":      provision.TextValue(aws.ToString(s.DBInstanceIdentifier)),
		"Engine":        provision.TextValue(aws.ToString(s.Engine)),
		"EngineVersion": provision.TextValue(aws.ToString(s.EngineVersion)),
		"StorageGiB":    provision.NumberValue(float64(aws.ToInt32(s.AllocatedStorage))),
	}}
}
