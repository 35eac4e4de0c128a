package cachedriver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
)

// maxDescription is the longest description of a replication group (API reference, ModifyReplicationGroup).
const maxDescription = 255

// markWord begins a description that is ours, and nothing stands for an empty field.
const (
	markWord = "peppercorn"
	nothing  = "-"
)

// markKeys are the tags that a mark repeats, in its order.
var markKeys = [...]string{
	provision.TagRegistry, provision.TagBase, provision.TagApp, provision.TagEnv,
	provision.TagCommit, provision.TagAttempt, provision.TagNode, provision.TagKeep,
}

// markOf writes the tags of c, but for the subject, into a description. It is a pure function of c.
func markOf(c provision.Call) (string, error) {
	tags := c.Tags()
	words := []string{markWord}
	for _, key := range markKeys {
		word := strings.ReplaceAll(tags[key], " ", "=20")
		switch word {
		case "":
			word = nothing
		case nothing:
			word = "=2D"
		}
		words = append(words, word)
	}
	mark := strings.Join(words, " ")
	if len(mark) > maxDescription {
		return "", fmt.Errorf("cachedriver: node %q: its names and those of its application and base need %d characters in the description of a "+
			"replication group, which has room for %d; take shorter ones", c.Node, len(mark), maxDescription)
	}
	return mark, nil
}

// readMark returns the tags that a description repeats, and none if it is not ours.
func readMark(description string) map[string]string {
	words := strings.Split(description, " ")
	if len(words) != 1+len(markKeys) || words[0] != markWord {
		return nil
	}
	tags := map[string]string{}
	for i, key := range markKeys {
		switch word := words[i+1]; word {
		case nothing:
		case "=2D":
			tags[key] = nothing
		default:
			tags[key] = word
		}
	}
	return tags
}

// tagsOf returns the tags of a group: those that ElastiCache tells, and those of its description while it tells none.
func (d *Driver) tagsOf(ctx context.Context, group *types.ReplicationGroup) (map[string]string, error) {
	mark := readMark(aws.ToString(group.Description))
	if aws.ToString(group.Status) != statusAvailable {
		return mark, nil
	}
	out, err := d.api.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: group.ARN})
	switch {
	case unsuitable(err): // since the last look
		return mark, nil
	case err != nil:
		return nil, err
	}
	return taglist.Map(out.TagList, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
}
