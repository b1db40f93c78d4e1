/** Nominal types over primitives: a `TaskId` is not a `RunId` even though both are strings. */
declare const brandName: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brandName]: Name };
