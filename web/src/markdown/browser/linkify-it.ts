/** Stands in for the package `linkify-it`, whose rules `address-grammar.ts` replaces. */
export const LinkifyIt: ObjectConstructor = Object;
