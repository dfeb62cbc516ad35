import { type Running, type Site, Unavailable } from '../vocabulary.ts';

export const startDocker = async (_site: Site): Promise<Running> => {
  throw new Unavailable('not yet', 'wait');
};
