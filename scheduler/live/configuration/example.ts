/** The file that a new cluster starts with: all of it commented out but for its administrator. */
export const exampleConfiguration = (administrator: string): string =>
  `${HEAD}\nusers:\n  ${JSON.stringify(administrator)}: admin\n\n${SECTIONS}`;

const HEAD = `\
# The configuration of this cluster. Everything here may be left out: what you see commented
# out are examples, not the defaults. After a change: pictl reconfigure
# All keys and their defaults: docs/configuration.md
`;

const SECTIONS = `\
#   ada: operator            # may drain nodes, hold and cancel anybody's jobs

# How the queue is planned: backfill, easy, fifo, predictive, round-robin, random, weighted,
# least-loaded or min-completion; a partition may say so for its own jobs.
# policy: backfill
# reservations: 500          # waiting jobs that backfill reserves for

# The first partition is the default. They may overlap.
# partitions:
#   main:
#     maxTime: 7-00:00       # or 7d, 12h, 30m, unlimited
#     defaultTime: 1h
#   quick:
#     nodes: pi[1-2]
#     maxTime: 10m
#     maxNodes: 1
#     tier: 2                # planned before partitions of a lower tier
#     state: up              # up, down, drain, inactive
#     allowUsers: [ada, ben]
#     allowAccounts: [physics]
#     allowQos: [normal, urgent]
#     qos: normal            # of jobs that name none

# qos:
#   normal:
#     perUser: {maxRunningJobs: 10, maxSubmittedJobs: 1000}
#   urgent:
#     priority: 1000000      # with the weight qos below
#     group: {maxCores: 8, maxCoreMinutesRunning: 480}
#     perUser: {maxRunningJobs: 1, maxTime: 1h}
#     usageFactor: 2         # counts double in fair-share

# With accounts, jobs name one of these; a limit of a group counts all accounts below it.
# accounts:
#   science: {shares: 3}
#   physics: {parent: science, shares: 2, users: [ada, ben], group: {maxCores: 16}}
#   teaching: {shares: 1, perUser: {maxSubmittedJobs: 20, maxCoresPerJob: 4}}

# What nodes do not say of themselves; cores and memory may only be lowered.
# nodes:
#   pi[1-4]: {features: [ssd], switch: rack1, memory: 3G}
#   pi5: {cores: 3, gres: {camera: 1}, order: 1}

# licenses: {matlab: 2}

# Watts of one board at the wall, measured: then piacct tells joules. See pictl calibrate-power.
# power:
#   Raspberry Pi 400: {idle: 2.1, full: 6.4}
#   Raspberry Pi 5: {idle: 3.2, full: 10.5, overhead: 1.5}   # its share of switch and fans

# Without it everything is kept. pictl prune --dry-run says what would go.
# retention:
#   jobs: 365d               # finished jobs, after their end; ids are never used again
#   files: 7d                # kernels, inputs and outputs that no job names any more

# Without weights: first come, first served. Each term is 0 to 1, times its weight.
# priority:
#   age: 1000
#   maxAge: 7d               # a job grows no older
#   fairShare: 10000
#   halfLife: 7d             # usage counts half after this
#   size: 100
#   favourSmall: true
#   partition: 500           # by tier
#   qos: 2000

# limits:
#   maxLiveJobs: 20000
#   maxArrayTasks: 10000
#   maxMissedRuns: 10
#   requeueLimit: 3
#   requestRate: 5           # requests of one user in a second; more only while nobody else waits
#   requestBurst: 30         # and at once

# intervals:
#   heartbeat: 5s
#   silentAfter: 15s
#   downAfter: 45s
#   lease: 15m
#   killMargin: 90s
#   launchResend: 1s
#   launchGiveUp: 1m
`;
