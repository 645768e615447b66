/** Where a part listens for its peers. */
export type PartAddress = { readonly part: number; readonly host: string; readonly port: number };
