// Command bench measures the product as its users meet it: the all-in-one, and redis-server, a
// MongoDB engine, tokend and scimd as processes of their own. A few clients send requests over
// loopback, each the next one when the last is answered, and every answer is checked: a wrong one
// ends the run.
//
// What a machine does in a second says little about the code, so the same run measures a floor for
// each operation as well, under the same clients: a bare gin handler whose answer has the same
// size, bbolt's own commits, or a gin handler that sends the same commands to MongoDB by the driver
// alone. The ratio of the two is what can be compared between machines and days.
package main
