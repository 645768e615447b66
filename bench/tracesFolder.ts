/** Recorded workloads are not shipped: PIBATCH_TRACES, or a folder beside the sources. */
export const tracesFolder = (): string => process.env['PIBATCH_TRACES'] ?? '../shared/traces';
