import { availableParallelism, freemem, totalmem } from 'node:os';
import { z } from 'zod';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

/** What this process may use: cores, and memory in MB under the limit of its container if it has one. */
function machineFacts(): { cpuCount: number; memoryMb: number; freeMemoryMb: number } {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const mb = (bytes: number): number => Math.floor(bytes / 1_048_576);
  return { cpuCount: availableParallelism(), memoryMb: mb(total), freeMemoryMb: mb(Math.min(freemem(), total)) };
}

const resources = z.object({
  resource_type: z.literal('cpu'),
  instance_type: z.literal('local'),
  instance_count: z.literal(1),
  use_spot_instances: z.literal(false),
  use_distributed_training: z.literal(false),
  cpu_count: z.number(),
  memory_mb: z.number(),
  free_memory_mb: z.number(),
  /** Three quarters of the machine's memory, so that the server and the models in service keep room. */
  recommended_max_memory_mb: z.number(),
  /** Rows x columns x 8 bytes; null when the size was not given. */
  data_in_memory_mb: z.number().nullable(),
  estimated_cost_usd: z.null(),
  reasons: z.array(z.string()),
});

function chooseResources(machine: ReturnType<typeof machineFacts>, cells: number | null): z.output<typeof resources> {
  const recommended = Math.floor(machine.memoryMb * 0.75);
  const dataMb = cells === null ? null : Math.ceil((cells * 8) / 1_048_576);
  const reasons = [
    `Jobs run on this machine: ${machine.cpuCount} cores, ${machine.memoryMb} MB of memory.`,
    'The algorithms of this version run on CPUs; there is no cluster, so nothing is distributed and no spot instance is used.',
    'How long a training takes is not known before it ran, so no cost is given.',
  ];
  if (dataMb !== null && dataMb > recommended) {
    reasons.push(
      `The rows alone need ${dataMb} MB as numbers, more than the ${recommended} MB a job should use: train on fewer rows.`,
    );
  }
  return {
    resource_type: 'cpu',
    instance_type: 'local',
    instance_count: 1,
    use_spot_instances: false,
    use_distributed_training: false,
    cpu_count: machine.cpuCount,
    memory_mb: machine.memoryMb,
    free_memory_mb: machine.freeMemoryMb,
    recommended_max_memory_mb: recommended,
    data_in_memory_mb: dataMb,
    estimated_cost_usd: null,
    reasons,
  };
}

/** The resources that a training gets on this machine, and why. */
export const selectOptimalResources = defineTool({
  name: 'select_optimal_resources',
  title: 'Choose resources',
  description:
    'Answers what a training gets on this machine (cores, memory) and why. Clusters, GPUs and spot instances are not used here; ' +
    'no time or cost is estimated without a basis.',
  input: z.strictObject({
    rows: z.number().int().min(0).optional(),
    columns: z.number().int().min(0).optional(),
  }),
  output: resources,
  annotations: readOnly,
  effect: null,
  async handler({ rows, columns }) {
    return chooseResources(machineFacts(), rows === undefined || columns === undefined ? null : rows * columns);
  },
});
