// Shop leads two versions of a web shop through their life: deployed, live, rolled over, rolled back, terminated. A version is the
// reference stack of this library, ten resources that package stack describes: two security groups, a launch template and a
// group of two servers, a load balancer with listener and target group, two queues, and a PostgreSQL database.
//
//	go run ./examples/shop
//
// AWS is simulated inside the process and two minutes of it pass in a second, so the hour takes half a minute, without an
// account, a network or a bill. The same story on AWS itself takes a good hour, and is paid for; so are the two snapshots of
// databases that it leaves, until you delete them:
//
//	eval "$(aws configure export-credentials --format env)"; export AWS_REGION=eu-central-1
//	go run ./examples/shop -aws -zone example.com -image ami-... -repo ../shop
//
// There the two versions are the last two commits of a repository of yours, and the image has to run the shop: something that
// answers on port 8080. Files: stack/stack.go is what a version needs, story.go what is done with it, world.go where.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var real realWorld
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	onAWS := flags.Bool("aws", false, "work on AWS, with the credentials and the region of the environment's variables")
	real.flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := &screen{out: os.Stdout}
	if *onAWS {
		w, err := real.open(ctx)
		if err != nil {
			return err
		}
		return tell(ctx, w, s)
	}
	w, remove, err := simulated(ctx)
	if err != nil {
		return err
	}
	defer remove()
	return tell(ctx, w, s)
}
