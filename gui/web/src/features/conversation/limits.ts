// What the node takes, so that a person learns of it while writing.
export const LONGEST_NAME = 128; // characters
export const LONGEST_DESCRIPTION = 2000;
export const LONGEST_RULES = 4000;
export const MOST_MEMBERS = 5000;
