/** Names of hosts as browsers write them, instead of the package `punycode.js`. */
export default {
  /** Throws where `host` is no name of a host. */
  toASCII: (host: string): string => new URL(`http://${host}`).hostname,
  /** Stays as it is: letters of other scripts may look like those of a host that one trusts. */
  toUnicode: (host: string): string => host,
};
