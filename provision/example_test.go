package provision_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// server is a kind of our own: any struct of plain data can be a Spec.
type server struct {
	Image   provision.Text
	Peers   []provision.Text
	Workers int
}

func (server) Kind() provision.Kind { return "example/server" }

func (server) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Early: true, Doc: "the server's id"},
		{Name: "Host", Doc: "its host name, once it runs"},
	}
}

func (s server) Validate() error {
	if s.Image == "" {
		return errors.New("Image: is required")
	}
	return nil
}

// exampleEngine returns an engine whose servers exist in memory only.
func exampleEngine() *provision.Engine {
	driver := provisiontest.NewMemory(func(o *provisiontest.MemoryOptions) {
		o.Kinds = []provision.Kind{"example/server"}
	})
	engine, err := provision.NewEngine([]provision.Driver{driver}, func(o *provision.Options) {
		o.Settle = 10 * time.Millisecond
		o.Poll = time.Millisecond
	})
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

var exampleOwner = provision.Owner{
	Registry: "r4q9", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
	Commit: "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778", Attempt: "k3v9", Subject: "Sell shoes",
}

func ExampleEngine_Apply() {
	var b provision.Blueprint
	db := b.Add("db", server{Image: "postgres"})
	web := b.Add("web", server{Image: "shop:${{commit}}", Peers: []provision.Text{db.Output("Host")}})
	b.Entrance.Host = web.Output("Host")

	engine := exampleEngine()
	applied, err := engine.Apply(context.Background(), exampleOwner, &b, func(o *provision.ApplyOptions) {
		o.Observe = func(s provision.Step) { fmt.Println(s.Node, s.Phase) }
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(applied.States[1].Name)
	fmt.Println(applied.Host)
	// Output:
	// db starting
	// db created
	// db ready
	// web starting
	// web created
	// web ready
	// shop-web-pbcw6df7pe5mm
	// host.mem-pbcw6df7pe5mm.memory.test
}

func ExampleEngine_Destroy() {
	var b provision.Blueprint
	b.Add("db", server{Image: "postgres"}, provision.Keep)
	b.Add("web", server{Image: "shop"})
	engine := exampleEngine()
	ctx := context.Background()
	applied, err := engine.Apply(ctx, exampleOwner, &b)
	if err != nil {
		fmt.Println(err)
		return
	}
	destroyed, err := engine.Destroy(ctx, exampleOwner, func(o *provision.DestroyOptions) { o.Expect = len(applied.States) })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("gone:", destroyed.Gone[0].Node)
	fmt.Println("kept:", destroyed.Kept[0].Node)
	// Output:
	// gone: web
	// kept: db
}

func ExampleBlueprint_Validate() {
	var b provision.Blueprint
	b.Add("db", server{Image: "postgres"})
	b.Add("web", server{Peers: []provision.Text{"${{db.Hots}}", "${{cache.Host}}"}})
	fmt.Println(b.Validate())
	// Output:
	// node "web": Peers[0]: ${{db.Hots}}: example/server "db" has no output "Hots"; did you mean "Host"?
	// node "web": Peers[1]: ${{cache.Host}}: there is no node "cache"
	// node "web": Image: is required
}

func ExampleBlueprint_Digest() {
	var one, other provision.Blueprint
	one.Add("db", server{Image: "postgres"})
	one.Add("web", server{Image: "shop"})
	other.Add("web", server{Image: "shop", Workers: 0})
	other.Add("db", server{Image: "postgres"})
	a, _ := one.Digest()
	b, _ := other.Digest()
	fmt.Println(a == b, len(a))
	// Output: true 22
}

func ExampleLiteral() {
	fmt.Println(provision.Literal("a workflow with ${{ secrets.TOKEN }} in it"))
	// Output: a workflow with $${{ secrets.TOKEN }} in it
}

func ExampleEncodeTag() {
	value := provision.EncodeTag(`feat(api): "don't"`)
	text, cut := provision.DecodeTag(value)
	fmt.Println(value)
	fmt.Println(text, cut)
	// Output:
	// feat=28api=29: =22don=27t=22
	// feat(api): "don't" false
}

func ExampleCall_Name() {
	c := provision.Call{Owner: exampleOwner, Node: "web"}
	fmt.Println(c.Name(80, ".fifo"))
	// Output: shop-web-pbcw6df7pe5mm.fifo
}
