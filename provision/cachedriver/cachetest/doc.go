// Package cachetest is a simulated Amazon ElastiCache, as far as replication groups of Valkey and Redis OSS go. It answers real
// SDK clients inside the process, is as strict as ElastiCache where a program that manages replication groups can go
// wrong, and lives by package time, so that in a testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := elasticache.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	cloud.ElastiCache.SetStatus("shop-sessions", "snapshotting", "")
//	fmt.Println(cloud.ElastiCache.Groups())
//
// # What it is strict about
//
//   - A second group of the same id is refused, whoever asks, also while the first one is being deleted, and for
//     [Options.Visible] after its creation nobody can see the first one.
//   - Tags can be read and changed only while a group is available, as the API reference of ListTagsForResource says.
//   - A group can be deleted only while it is available or could not be made. Deleting takes [Options.Deletion], during
//     which it is listed with the status "deleting".
//   - Ids, descriptions, engines, numbers of nodes, what failover and several zones need, encryption in transit and the
//     subnet group that it needs, tags; subnet and parameter groups must exist (see [ElastiCache.AddSubnetGroup]); there
//     is a quota of nodes.
//   - A group has no endpoint before it has been made, which takes [Options.Creation].
//
// The nodes of a group have network interfaces, which hold its security groups as long as it is there, if somebody makes
// them: see [Options.Interfaces].
//
// Data is not simulated, and neither are clusters without a group, Memcached, serverless caches, cluster mode, snapshots,
// users and global datastores.
package cachetest
