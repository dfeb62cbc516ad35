// Images come from a registry and may take longer than one call: a pull goes on between calls, and the next call asks how it went.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { ifThere, saidBy } from './docker-answers.ts';

const PULL_MS = 600_000;

export type ImageState = 'there' | 'coming' | { readonly problem: string };

export class Images {
  readonly #docker: Docker;
  readonly #closed = new AbortController();
  readonly #pulls = new Map<string, 'going' | { readonly problem: string }>();

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Begins to fetch what is not there; what could not be fetched is told once and tried again after that. */
  async ask(image: string): Promise<ImageState> {
    const pull = this.#pulls.get(image);
    if (pull === 'going') return 'coming';
    this.#pulls.delete(image);
    if (pull !== undefined) return pull;
    if ((await ifThere(this.#docker.getImage(image).inspect())) !== undefined) return 'there';
    this.#pulls.set(image, 'going');
    void this.#pull(image).then(
      () => this.#pulls.delete(image),
      (error: unknown) =>
        this.#pulls.set(image, { problem: `the image ${image} could not be fetched: ${saidBy(error)}` }),
    );
    return 'coming';
  }

  /** What is being fetched is given up. */
  close(): void {
    this.#closed.abort(new Error('the provider was closed'));
  }

  async #pull(image: string): Promise<void> {
    const { modem } = this.#docker;
    const abortSignal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(PULL_MS)]);
    const stream = (await this.#docker.pull(withTag(image), { abortSignal })) as Readable;
    await new Promise<void>((resolve, reject) => {
      abortSignal.addEventListener('abort', () => {
        stream.destroy();
        reject(abortSignal.reason);
      });
      modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Without a tag the daemon would pull every tag there is. */
const withTag = (image: string): string =>
  image.includes('@') || image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;
