/** Unicode's classes as browsers know them, instead of the tables of the package `uc.micro`. */
export const P: RegExp = /\p{P}/u;
export const S: RegExp = /\p{S}/u;
