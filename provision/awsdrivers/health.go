package awsdrivers

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
)

// healthTeller is what [targetHealth] asks of Elastic Load Balancing.
type healthTeller interface {
	DescribeTargetHealth(context.Context, *elbv2.DescribeTargetHealthInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetHealthOutput, error)
}

var _ healthTeller = (*elbv2.Client)(nil)

// targetHealth tells the driver of Auto Scaling groups what Auto Scaling does not: how each target fares. All targets come in one
// answer.
func targetHealth(api healthTeller) asgdriver.TargetHealth {
	return func(ctx context.Context, targetGroup string) (map[string]string, error) {
		out, err := api.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(targetGroup)})
		if err != nil {
			return nil, fmt.Errorf("awsdrivers: health of the targets of %s: %w", targetGroup, err)
		}
		health := make(map[string]string, len(out.TargetHealthDescriptions))
		for _, t := range out.TargetHealthDescriptions {
			if t.Target == nil || t.TargetHealth == nil {
				continue
			}
			text := string(t.TargetHealth.State)
			if why := aws.ToString(t.TargetHealth.Description); why != "" && text != asgdriver.Healthy {
				text += ": " + why
			}
			health[aws.ToString(t.Target.Id)] = text
		}
		return health, nil
	}
}
