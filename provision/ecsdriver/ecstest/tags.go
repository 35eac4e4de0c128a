package ecstest

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// rules are those of all services, and forbid "aws:" in values too (ECS API reference, Tag).
var rules = sim.TagRules{ReservedValues: true}

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

func checkTags(tags []types.Tag) error {
	if _, fault := sim.MergeTags(rules, nil, tags, pair); fault != nil {
		return invalid("%s", fault.Message)
	}
	return nil
}
