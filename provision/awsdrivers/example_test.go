package awsdrivers_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func ExampleAll() {
	// On AWS: cfg, err := config.LoadDefaultConfig(ctx), and neither Scale nor Pace.
	cloud := awstest.New(func(o *awstest.Options) { o.Scale = 1000 })
	cfg := cloud.Config()

	engine, err := provision.NewEngine(awsdrivers.All(cfg, cloud.PaceDrivers), cloud.PaceEngine,
		func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	if err != nil {
		fmt.Println(err)
		return
	}
	var b provision.Blueprint
	kinds.AddQueue(&b, "jobs", kinds.Queue{})
	owner := provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"}
	applied, err := engine.Apply(context.Background(), owner, &b)
	if err != nil {
		fmt.Println(err)
		return
	}
	place, err := engine.Place(context.Background())
	fmt.Println(place, err)
	fmt.Println(applied.States[0].Name)
	// Output:
	// 123456789012/us-east-1 <nil>
	// shop-jobs-3jvdn5yacuwtd
}

// A web application: two instances behind a load balancer. Nothing says in which order things are made and deleted; that
// follows from who needs what of whom, and from what AWS answers.
func ExampleAll_webApplication() {
	cloud := awstest.New(func(o *awstest.Options) { o.Scale = 500 })
	cfg := cloud.Config()
	vpc := cloud.EC2.DefaultVPC()
	ids := cloud.EC2.Subnets(vpc)
	subnets := []provision.Text{provision.Text(ids[0]), provision.Text(ids[1])}

	var b provision.Blueprint
	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: subnets, SecurityGroups: []provision.Text{http.ID()}})
	servers := kinds.AddTargetGroup(&b, "servers", kinds.TargetGroup{Port: 80, VPC: provision.Text(vpc)})
	kinds.AddListener(&b, "port80", kinds.Listener{LoadBalancer: lb.ARN(), TargetGroup: servers.ARN()})
	template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{
		Image: ec2test.Linux, Type: "t3.micro", SecurityGroups: []provision.Text{http.ID()},
	})
	kinds.AddGroup(&b, "web", kinds.Group{
		Template: template.ID(), Version: template.Version(), Subnets: subnets, Desired: 2,
		TargetGroups: []provision.Text{servers.ARN()},
	})
	b.Entrance.Host = lb.DNSName()

	engine, err := provision.NewEngine(awsdrivers.All(cfg, cloud.PaceDrivers), cloud.PaceEngine)
	if err != nil {
		fmt.Println(err)
		return
	}
	owner := provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"}
	ready := map[string]time.Time{}
	applied, err := engine.Apply(context.Background(), owner, &b, func(o *provision.ApplyOptions) {
		o.Observe = func(s provision.Step) {
			if s.Phase == provision.Ready {
				ready[s.Node] = s.At
			}
		}
	})
	fmt.Println(len(applied.States), "made:", err)
	fmt.Println("the listener waited for the balancer to be active:", !ready["port80"].Before(ready["lb"]))
	fmt.Println("targets of the balancer:", len(cloud.ELB.TargetGroups()[0].Targets))

	held := false
	destroyed, err := engine.Destroy(context.Background(), owner, func(o *provision.DestroyOptions) {
		o.Observe = func(s provision.Step) {
			held = held || s.Phase == provision.Blocked && s.Node == "http" && strings.Contains(s.Waiting, "(ELB app/shop-lb-")
		}
	})
	fmt.Println(len(destroyed.Gone), "gone:", err)
	fmt.Println("the balancer's network interfaces held the security group:", held)
	fmt.Println("left:", len(cloud.EC2.SecurityGroups())+len(cloud.ELB.Balancers())+len(cloud.EC2.LiveInstances()))
	// Output:
	// 6 made: <nil>
	// the listener waited for the balancer to be active: false
	// targets of the balancer: 2
	// 6 gone: <nil>
	// the balancer's network interfaces held the security group: true
	// left: 0
}
