"""What the tests stand on: the built binary, the simulated cloud, real tools around them.

- waiting: waiting for a thing itself, with a bound and a story when it does not come
- process: a child process whose output is kept
- exporter, simulator, prometheus, alertmanager: the programs
- pager: where an alert arrives; scaling: makes time in alert rules shorter; scripts/stack uses both
- incidents: what goes wrong in the cloud for each alert, and how it is mended; chain: all the programs together
- configuration: the exporter's configuration file
- page: a scrape, parsed
- grafana: what Grafana does with a dashboard's queries; grafana_types: its own types
- helm: a real helm and kubectl, the schemas of Kubernetes
- browser: a real Chromium
- trouble: a fleet in which everything is the matter
- cloud: facts of the simulated cloud
- documents: the Markdown pages as text; checks: what is right in a block of them; rehearsal: a machine on which their
  commands run; standins: what runs in place of those that cannot
- peers: a proxy, a TLS front, certificates; pki: authorities and what they sign
- packages: what a release consists of; debian: a fresh Debian in a folder, to install packages in
- systemd: what it tells and is told, and a whole machine that it runs (boot.sh)
"""
