package ssmdriver_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// changes are the operations of the driver that change something.
var changes = map[string]bool{"PutParameter": true, "DeleteParameter": true}

func TestDriverOnSimulatedSSM(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated Parameter Store",
		New: func(testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := ssmtest.Register(cloud)
			w := worldOf(clientOf(cloud.Config()))
			w.LoseReply = func() {
				cloud.Inject(sim.Fault{Match: func(c *sim.Call) bool { return changes[c.Op] }, Times: 1, Kind: sim.LostReply})
			}
			w.Count = func(context.Context, provision.Kind) int { return len(service.Parameters()) }
			return w
		},
	})
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := &forgetful{HTTPClient: cfg.HTTPClient}
			cfg.HTTPClient = wire
			client := ssm.NewFromConfig(cfg)
			w := worldOf(client, func(o *ssmdriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = func() { wire.lose.Store(1) }
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				n := 0
				pages := ssm.NewDescribeParametersPaginator(client, &ssm.DescribeParametersInput{})
				for pages.HasMorePages() {
					page, err := pages.NextPage(ctx)
					if err != nil {
						return -1
					}
					n += len(page.Parameters)
				}
				return n
			}
			return w
		},
	})
}

// clientOf is a client that retries as often as a deployment needs.
func clientOf(cfg aws.Config) *ssm.Client {
	return ssm.NewFromConfig(cfg, func(o *ssm.Options) { o.RetryMaxAttempts = 10 })
}

// forgetful is an HTTP client that can lose the reply to a request that changes something.
type forgetful struct {
	ssm.HTTPClient
	lose atomic.Int32
}

func (f *forgetful) Do(r *http.Request) (*http.Response, error) {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	response, err := f.HTTPClient.Do(r)
	if changes[op] && err == nil && f.lose.CompareAndSwap(1, 0) {
		_ = response.Body.Close()
		return nil, fmt.Errorf("reading the reply: %w", syscall.ECONNRESET)
	}
	return response, err
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *ssm.Client, optFns ...func(*ssmdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: ssmdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Parameter{Value: "on"}},
				{Name: "full", Spec: kinds.Parameter{
					Values: []provision.Text{"10.0.0.1", "10.0.0.2"}, Description: "who answers: the first that is up", Advanced: true,
				}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			name = "/peppercorn/" + name
			_, err := client.PutParameter(ctx, &ssm.PutParameterInput{
				Name: &name, Value: aws.String("on"), Type: types.ParameterTypeString,
				Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(time.Second)
			before, err := look(ctx, client, name)
			return name, func() error {
				after, err := look(ctx, client, name)
				if err == nil && !reflect.DeepEqual(before, after) {
					err = fmt.Errorf("it was %v and is %v", before, after)
				}
				return err
			}, err
		},
	}
}

// look returns all that one can change about a parameter.
func look(ctx context.Context, client *ssm.Client, name string) ([]any, error) {
	parameter, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return nil, err
	}
	tags, err := client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
		ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &name,
	})
	if err != nil {
		return nil, err
	}
	return []any{parameter.Parameter, tags.TagList}, nil
}
