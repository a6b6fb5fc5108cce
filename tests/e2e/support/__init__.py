"""What the tests stand on: the built binary, the simulated cloud, real tools around them.

- waiting: waiting for a thing itself, with a bound and a story when it does not come
- process: a child process whose output is kept
- exporter, simulator, prometheus: the programs
- configuration: the exporter's configuration file
- page: a scrape, parsed
- browser: a real Chromium
- trouble: a fleet in which everything is the matter
- cloud: facts of the simulated cloud
- peers: a proxy, a TLS front, certificates
"""
