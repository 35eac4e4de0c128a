package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/provision"
)

// shopGap is something that moto does otherwise than AWS, in the services that only the reference stack uses.
type shopGap struct {
	reason string
	// open reports whether moto still does. It is asked when the shop stands.
	open func(ctx context.Context, m *motoShop) (bool, error)
}

// shopGaps is what moto 5.2.1 cannot prove about the reference stack, beside motoGaps. The simulated services can.
var shopGaps = map[string]shopGap{
	"readiness": {
		"a database is available, and a balancer active, the first time that anybody looks",
		func(ctx context.Context, m *motoShop) (bool, error) {
			made, err := m.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
				DBInstanceIdentifier: aws.String("hasty"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
				AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("postgres"), MasterUserPassword: aws.String("not-a-secret"),
			})
			if err != nil {
				return false, err
			}
			_, err = m.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("hasty"), SkipFinalSnapshot: aws.Bool(true)})
			return aws.ToString(made.DBInstance.DBInstanceStatus) == "available", err
		},
	},
	"idempotent balancers": {
		"a second balancer of the same name is made, so nothing shows that a create after a lost reply finds the first one",
		func(ctx context.Context, m *motoShop) (bool, error) {
			arns := map[string]bool{}
			for range 2 {
				out, err := m.elb.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String("twice"), Subnets: m.home.Subnets})
				if err != nil {
					return false, err
				}
				arns[*out.LoadBalancers[0].LoadBalancerArn] = true
			}
			for arn := range arns {
				if _, err := m.elb.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: aws.String(arn)}); err != nil {
					return false, err
				}
			}
			return len(arns) == 2, nil
		},
	},
	"engine versions": {
		"it cannot tell which versions of an engine there are, so the program is told that it may not ask; then the create finds out",
		func(ctx context.Context, m *motoShop) (bool, error) {
			once := func(o *rds.Options) { o.RetryMaxAttempts = 1 }
			_, err := m.rds.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{Engine: aws.String("postgres")}, once)
			var answer *awshttp.ResponseError
			return errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusInternalServerError, nil
		},
	},
	"health": {
		"a target is healthy as soon as it is registered, although nothing answers there",
		func(ctx context.Context, m *motoShop) (bool, error) {
			groups, err := m.elb.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
			if err != nil || len(groups.TargetGroups) == 0 {
				return false, err
			}
			health, err := m.elb.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: groups.TargetGroups[0].TargetGroupArn})
			if err != nil || len(health.TargetHealthDescriptions) == 0 {
				return false, err
			}
			return health.TargetHealthDescriptions[0].TargetHealth.State == "healthy", nil
		},
	},
	"tags of a group's instances": {
		"where template and group give an instance the same tag, the template wins; on AWS the group does (Auto Scaling API reference, Tags of CreateAutoScalingGroup)",
		func(_ context.Context, m *motoShop) (bool, error) {
			for _, i := range instances(m.t, m.account.ec2) {
				if _, node, _, _ := provision.ParseTags(tagMap(i.Tags)); node != "template" {
					return false, nil
				}
			}
			return true, nil
		},
	},
}

// The list cannot rot: each gap is looked for.
func TestShopGapsOfMotoAreStillThere(t *testing.T) {
	m := newMotoShop(t, "eu-west-1")
	_, err := m.program(t, m.client()).Deploy(t.Context(), m.commits[0], stack.Blueprint(m.home))
	require.NoError(t, err)
	for name, gap := range shopGaps {
		t.Run(name, func(t *testing.T) {
			open, err := gap.open(t.Context(), m)
			require.NoError(t, err)
			require.True(t, open, "moto has closed this gap: take it off the list, and make the story prove more")
		})
	}
}

// denying is an HTTP client that refuses an action as AWS does when a role may not take it.
type denying struct {
	aws.HTTPClient
	action string
}

const denial = `<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>AccessDenied</Code>` +
	`<Message>not authorized</Message></Error><RequestId>denied</RequestId></ErrorResponse>`

func (d denying) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return d.HTTPClient.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(body, []byte("Action="+d.action+"&")) {
		return &http.Response{
			StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"text/xml"}},
			Body: io.NopCloser(strings.NewReader(denial)), Request: r,
		}, nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return d.HTTPClient.Do(r)
}

// client is what the program of a shop gets to moto by: see "engine versions" in shopGaps.
func (m *motoShop) client() aws.HTTPClient {
	return denying{m.config.HTTPClient, "DescribeDBEngineVersions"}
}
