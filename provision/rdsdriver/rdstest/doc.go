// Package rdstest is a simulated Amazon RDS. It answers real SDK clients inside the process, is as strict as RDS where a
// program that manages DB instances can go wrong, and lives by package time, so that in a testing/synctest bubble its
// minutes and hours cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := rds.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	cloud.RDS.SetStatus("shop-db", "incompatible-network", "The subnet is full.")
//	fmt.Println(cloud.RDS.Instances(), cloud.RDS.Snapshots())
//
// # What it is strict about
//
//   - A second instance of the same name is refused, whoever asks, also while the first one is being deleted, and for
//     [Options.Visible] after its creation nobody can see the first one.
//   - Identifiers, engines, storage, ports, user names, tags: their alphabets, ranges and number; subnet and parameter
//     groups must exist (see [RDS.AddSubnetGroup]); there is a quota of instances.
//   - An instance takes [Options.Creation] to be made and [Options.Backup] for its first backup, and cannot be modified, or
//     deleted with a final snapshot, before it is available. It has no endpoint before it has been made.
//   - A final snapshot must be named or skipped, not both; its name must be new; an instance that has failed can be
//     deleted only without; one that is protected not at all. Deleting takes [Options.Snapshot] and [Options.Deletion],
//     during which the instance is listed with the status "deleting".
//   - A snapshot that RDS takes by itself (see [RDS.AddSnapshotOf]) is described by its name only if its type is said, and nobody can delete
//     it. One that is still being taken cannot be restored.
//   - A version of an engine must be offered; a major version alone is the newest one of it.
//   - A restore takes what the snapshot has: encryption, engine version, master user; Secrets Manager cannot be asked for in the
//     same call.
//
// An instance has network interfaces, which hold its security groups as long as it is there, if somebody makes them: see
// [Options.Interfaces].
//
// Data is not simulated, and neither are Aurora, replicas, option groups, clusters and upgrades.
package rdstest
