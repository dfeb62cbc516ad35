/** Codes of what a server does not do for a flow. A run on a person's own machine meets none of them. */
export const tm4Outbound = {
  TM4801: {
    title: 'an address that a server does not connect to',
    explanation:
      'A server refuses metadata services, sockets of its own machine, and what its operator or the workspace denies; nothing was sent. The message names the rule. The address is judged after the name was looked up, whatever form it was written in.',
    example: {
      wrong: `config:
  method: GET
  url: http://169.254.169.254/latest/meta-data`,
      right: `config:
  method: GET
  url: \${API_URL}/health`,
    },
  },
  TM4802: {
    title: 'a server that starts no containers',
    explanation:
      'Whoever may start a container has the whole machine, so a server refuses the Docker actions until its operator allows them for a pool of executors with TESTMESH_DOCKER=allow.',
    example: {
      wrong: 'testmesh run flows/isolated.yaml --api https://testmesh.example.com',
      right: 'testmesh run flows/isolated.yaml   # on a machine of your own',
    },
  },
  TM4803: {
    title: 'a container that would reach beyond its run',
    explanation:
      'A server that starts containers gives them no folder and no network of the machine, and stops no container that the run did not start. A network that is not there is made and goes with the run; one that was there before is joined where TESTMESH_DOCKER_NETWORKS names it. TESTMESH_DOCKER=allow-all lifts all of this.',
    example: {
      wrong: `config:
  image: postgres:16-alpine
  volumes: ["./seed:/docker-entrypoint-initdb.d"]`,
      right: `config:
  image: postgres:16-alpine
  volumes: ["data:/var/lib/postgresql/data"]`,
    },
  },
  TM4804: {
    title: 'a mock server that would listen to the network',
    explanation:
      'On a server, mock servers listen on the loopback address only, so that nobody outside reaches what a flow opens there. TESTMESH_LISTEN=anywhere lifts this.',
    example: {
      wrong: `config:
  name: payments
  host: 0.0.0.0`,
      right: `config:
  name: payments`,
    },
  },
} as const;
