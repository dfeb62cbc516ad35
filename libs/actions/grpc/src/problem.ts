/** Why a call could not be made; becomes the step's error. */
export class GrpcProblem extends Error {
  readonly code: string;
  readonly help: string | undefined;
  constructor(code: string, message: string, help?: string) {
    super(message);
    this.code = code;
    this.help = help;
  }
}
