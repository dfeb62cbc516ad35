/** A template that cannot be used for what was asked; the message says where and what to do. */
export class TemplateProblem extends Error {}
