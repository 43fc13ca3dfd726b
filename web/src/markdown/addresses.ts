/** `address` when a click on it can do no more than open a page or a letter; else `undefined`. */
export function toLink(address: string): string | undefined {
  return /^(?:https?:\/\/|mailto:)[^\s]+$/i.test(address) ? address : undefined;
}

/**
 * `address` when it is an image that is part of the text itself, in a format that holds nothing but
 * pixels; else `undefined`. An image elsewhere is never fetched: to ask for it would tell its host
 * who reads the answer, and what a model was told to put into its address.
 */
export function toInlineImage(address: string): string | undefined {
  return /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[\w+/]+={0,2}$/i.test(address)
    ? address
    : undefined;
}
