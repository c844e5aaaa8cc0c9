// Package embedded keeps all data of the services in one bbolt file: the directory of users and
// groups, the tokens and the organisations' copies with them, and the token service's
// organisations. It serves one machine, and it is the oracle of the production stores: its answers
// are those of the contracts, computed in the simplest way.
//
// The buckets of the file; angle brackets mark a key:
//
//	directory
//	  <tenant>
//	    users        <user id>             -> a user, unless deleted
//	    userBlocks   <user id>             -> how many users there are from this id to the next in this bucket
//	    userIndex    as keys.go has it     -> nothing
//	    userStates   <state> 0 <user id>   -> nothing; userStateBlocks as userBlocks
//	    gone         <user id>             -> a deleted user; goneBlocks and goneIndex as those of users
//	    userNames    <digest of NameKey>   -> user id
//	    externalIDs  <digest> <user id>    -> nothing
//	    groups       <group id>            -> the group without its members
//	    groupBlocks  <group id>            -> as userBlocks; groupIndex as userIndex
//	    groupNames   <digest of NameKey>   -> group id
//	    members      <group id> 0 <user id> -> nothing
//	    memberCounts <group id>            -> how many members it has; none has no key
//	    memberOf     <user id> 0 <group id> -> nothing
//	    records      <type>/<id> 0 <version> -> what a user or group was before that version
//	    recordTimes  <time> <key of a record> -> nothing
//	    events       <number>              -> an event
//	    waiting      <group id> 0 <key of the value> 0 <value> -> a member that waits
//	    waitingFor   <key of the value> 0 <group id> 0 <value> -> nothing
//	    waitingTimes <time> <key in waiting> -> nothing
//	    waitingCounts <group id>           -> how many wait for it; those of the tenant are at 0
//	    awaited      <user id>             -> nothing: members may wait for this user
//	tokens
//	  organisations  <organisation id>     -> the organisation
//	  tags           <tag>                 -> organisation id
//	  records        <tag> 0 <token id>    -> the token's record
//
// Organisations and Activity have buckets of their own. Users and groups are stored as described in
// resource.go, other values as the JSON of the contracts' own structs.
package embedded
