package awstest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// identity is a simulated AWS STS that knows one thing: who is calling.
type identity struct{ account string }

// registerSTS makes the STS of the cloud.
func registerSTS(c *sim.Cloud) { c.Register(sts.ServiceID, identity{c.Options().Account}) }

// Serve answers one call. The name of the calling process is that of the user, as CloudTrail would show it.
func (i identity) Serve(_ context.Context, call *sim.Call) (any, error) {
	switch call.Input.(type) {
	case *sts.GetCallerIdentityInput:
		return &sts.GetCallerIdentityOutput{
			Account: aws.String(i.account),
			Arn:     aws.String("arn:aws:iam::" + i.account + ":user/" + call.Process),
			UserId:  aws.String("AIDASIMULATED" + call.Process),
		}, nil
	}
	return nil, sim.UnknownOperation(call)
}
