package ecsdriver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// createTask registers a task definition unless there is one of ours. See the package comment for the protocol.
func (d *Driver) createTask(ctx context.Context, c provision.Call, t kinds.TaskDefinition) (provision.State, error) {
	family := nameOf(c)
	s, foreign, err := d.ownTask(ctx, c, family, nil)
	switch {
	case err != nil:
		return provision.State{}, fmt.Errorf("ecsdriver: looking for task definition %s: %w", family, err)
	case s.ID != "":
		return s, nil
	case foreign != nil:
		return provision.State{}, foreign
	}
	out, err := d.api.RegisterTaskDefinition(ctx, taskInput(c, t))
	if err != nil {
		return provision.State{}, fmt.Errorf("ecsdriver: registering task definition %s: %w", family, err)
	}
	made := out.TaskDefinition
	mine := taskState(made, c.Tags())
	if made.Revision == 1 {
		return mine, nil // nothing can be lower
	}
	err = d.retry(ctx, func() error {
		s, foreign, err = d.ownTask(ctx, c, family, made)
		return err
	})
	switch {
	case err != nil:
		return provision.State{}, fmt.Errorf("ecsdriver: looking for revisions of %s before %d: %w", family, made.Revision, err)
	case s.ID == "":
		return mine, nil
	}
	if err := d.takeBack(ctx, mine.ID); err != nil {
		return provision.State{}, err
	}
	return s, nil
}

// ownTask returns the lowest ACTIVE revision of a family that is what c asks for, and takes back those of ours above it. If there are
// only others, foreign says whose the lowest is. If made is given, it looks for what precedes that, and is errUnlisted
// until it either finds something or the listing shows made itself.
func (d *Driver) ownTask(ctx context.Context, c provision.Call, family string, made *types.TaskDefinition) (
	s provision.State, foreign, err error,
) {
	arns, err := d.revisions(ctx, family, types.TaskDefinitionStatusActive)
	if err != nil {
		return s, nil, err
	}
	for _, arn := range arns {
		if _, n := splitRevision(arn); s.ID == "" && made != nil && n >= int(made.Revision) {
			break // nothing of ours precedes it
		}
		task, tags, err := d.describeTask(ctx, arn)
		if err != nil {
			return s, nil, err
		}
		if task.Status != types.TaskDefinitionStatusActive {
			continue
		}
		other := c.CheckOwner(kinds.TaskDefinitionKind, arn, tags)
		switch {
		case other == nil && s.ID == "":
			s = taskState(task, tags)
		case other == nil:
			if err := d.takeBack(ctx, arn); err != nil {
				return s, nil, err
			}
		case foreign == nil:
			foreign = other
		}
	}
	if s.ID == "" && made != nil && !slices.Contains(arns, aws.ToString(made.TaskDefinitionArn)) {
		return s, nil, fmt.Errorf("%s: %w", aws.ToString(made.TaskDefinitionArn), errUnlisted)
	}
	return s, foreign, nil
}

// takeBack deregisters a revision of ours that another one precedes. ECS refuses what somebody else has taken back meanwhile, which
// is as good; and Delete looks for whatever is left.
func (d *Driver) takeBack(ctx context.Context, arn string) error {
	_, err := d.api.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(arn)})
	if refused := (*types.ClientException)(nil); err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("ecsdriver: taking back %s, which another revision precedes: %w", arn, err)
	}
	return nil
}

// awaitTask waits until the listing shows the revision as ACTIVE.
func (d *Driver) awaitTask(ctx context.Context, s provision.State) (provision.State, error) {
	family, _ := splitRevision(s.ID)
	err := d.retry(ctx, func() error {
		arns, err := d.revisions(ctx, family, types.TaskDefinitionStatusActive)
		if err == nil && !slices.Contains(arns, s.ID) {
			return errUnlisted
		}
		return err
	})
	switch {
	case unlisted(err):
		return provision.State{}, fmt.Errorf("ecsdriver: task definition %s of node %q %w: it is not active", s.ID, s.Node, provision.ErrGone)
	case err != nil:
		return provision.State{}, fmt.Errorf("ecsdriver: awaiting task definition %s: %w", s.ID, err)
	}
	return s, nil
}

// deleteBatch is the most that DeleteTaskDefinitions takes at a time.
const deleteBatch = 10

// deleteTask deregisters and deletes all revisions of the family that are s.Owner's.
func (d *Driver) deleteTask(ctx context.Context, s provision.State) error {
	family, _ := splitRevision(s.ID)
	active, dead, err := d.ownRevisions(ctx, family, s)
	switch {
	case err != nil:
		return fmt.Errorf("ecsdriver: whose are the revisions of task definition %s? %w", family, err)
	case len(active)+len(dead) == 0:
		return nil
	}
	for _, arn := range active {
		_, err := d.api.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(arn)})
		if err != nil {
			return fmt.Errorf("ecsdriver: deregistering task definition %s: %w", arn, err)
		}
	}
	for batch := range slices.Chunk(append(dead, active...), deleteBatch) {
		out, err := d.api.DeleteTaskDefinitions(ctx, &ecs.DeleteTaskDefinitionsInput{TaskDefinitions: batch})
		if err != nil {
			return fmt.Errorf("ecsdriver: deleting task definitions %v: %w", batch, err)
		}
		for _, f := range out.Failures {
			return fmt.Errorf("ecsdriver: deleting task definition %s: %s %s", aws.ToString(f.Arn), aws.ToString(f.Reason), aws.ToString(f.Detail))
		}
	}
	return fmt.Errorf("ecsdriver: task definition %s %w", s.ID, provision.ErrDeleting)
}

// ownRevisions lists the revisions of a family that are s.Owner's and the node's. It is a ForeignError if s itself is not.
func (d *Driver) ownRevisions(ctx context.Context, family string, s provision.State) (active, dead []string, err error) {
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	arns := []string{s.ID} // which may be too new to be listed
	for _, status := range []types.TaskDefinitionStatus{types.TaskDefinitionStatusActive, types.TaskDefinitionStatusInactive} {
		listed, err := d.revisions(ctx, family, status)
		if err != nil {
			return nil, nil, err
		}
		for _, arn := range listed {
			if !slices.Contains(arns, arn) { // one may be deregistered between the two listings
				arns = append(arns, arn)
			}
		}
	}
	for _, arn := range arns {
		task, tags, err := d.describeTask(ctx, arn)
		if unknown := (*types.ClientException)(nil); errors.As(err, &unknown) {
			continue // ECS deletes for good what was DELETE_IN_PROGRESS
		}
		if err != nil {
			return nil, nil, err
		}
		foreign := owner.CheckOwner(kinds.TaskDefinitionKind, arn, tags)
		switch {
		case foreign != nil && arn == s.ID:
			return nil, nil, foreign
		case foreign != nil:
		case task.Status == types.TaskDefinitionStatusActive:
			active = append(active, arn)
		case task.Status == types.TaskDefinitionStatusInactive:
			dead = append(dead, arn)
		}
	}
	return active, dead, nil
}
