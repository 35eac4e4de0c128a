package logstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// eventOverhead is how many bytes CloudWatch Logs adds to each event when it counts.
const eventOverhead = 26

// stream is a log stream with its events.
type stream struct {
	name    string
	created time.Time
	events  []event
}

type event struct {
	ingested time.Time
	at       int64 // milliseconds, as the writer says
	bytes    int64
}

// bytes counts what was written until a moment.
func (g *group) bytes(until time.Time) (n int64) {
	for _, s := range g.streams {
		for _, e := range s.events {
			if !e.ingested.After(until) {
				n += e.bytes
			}
		}
	}
	return n
}

var streamName = regexp.MustCompile(`^[^:*]{1,512}$`)

func (l *Logs) createLogStream(region string, in *cloudwatchlogs.CreateLogStreamInput) (*cloudwatchlogs.CreateLogStreamOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	name := aws.ToString(in.LogStreamName)
	if !streamName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value %q at 'logStreamName' failed to satisfy constraint", name)
	}
	if g.streams[name] != nil {
		return nil, &types.ResourceAlreadyExistsException{Message: aws.String("The specified log stream already exists")}
	}
	g.streams[name] = &stream{name: name, created: time.Now()}
	return &cloudwatchlogs.CreateLogStreamOutput{}, nil
}

func (l *Logs) putLogEvents(region string, in *cloudwatchlogs.PutLogEventsInput) (*cloudwatchlogs.PutLogEventsOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	s := g.streams[aws.ToString(in.LogStreamName)]
	if s == nil {
		return nil, notFound("The specified log stream does not exist.")
	}
	if len(in.LogEvents) == 0 {
		return nil, invalid("1 validation error detected: 'logEvents' must not be empty")
	}
	for _, e := range in.LogEvents {
		s.events = append(s.events, event{
			ingested: time.Now(), at: aws.ToInt64(e.Timestamp), bytes: int64(len(aws.ToString(e.Message)) + eventOverhead),
		})
	}
	return &cloudwatchlogs.PutLogEventsOutput{}, nil
}

// describeLogStreams lists the streams of a group in the order of their names.
func (l *Logs) describeLogStreams(region string, in *cloudwatchlogs.DescribeLogStreamsInput) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	limit, err := l.limit(in.Limit)
	if err != nil {
		return nil, err
	}
	if in.OrderBy == types.OrderByLastEventTime {
		return nil, invalid("logstest lists streams in the order of names only")
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(g.streams)) {
		if name > aws.ToString(in.NextToken) && strings.HasPrefix(name, aws.ToString(in.LogStreamNamePrefix)) {
			names = append(names, name)
		}
	}
	out := &cloudwatchlogs.DescribeLogStreamsOutput{}
	if len(names) > limit {
		names = names[:limit]
		out.NextToken = aws.String(names[limit-1])
	}
	for _, name := range names {
		s := g.streams[name]
		described := types.LogStream{
			LogStreamName: aws.String(name),
			Arn:           aws.String(g.arn + ":log-stream:" + name),
			CreationTime:  aws.Int64(s.created.UnixMilli()),
		}
		if len(s.events) > 0 {
			described.FirstEventTimestamp = aws.Int64(s.events[0].at)
		}
		out.LogStreams = append(out.LogStreams, described)
	}
	return out, nil
}
