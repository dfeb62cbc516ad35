import { blobContract, bundleContract } from './blob.contract.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { memorySecrets } from './memory-secrets.ts';
import { secretsContract } from './secrets.contract.ts';

blobContract('memoryBlobs', memoryBlobs);
bundleContract('memoryBlobs', memoryBlobs);
secretsContract('memorySecrets', memorySecrets);
