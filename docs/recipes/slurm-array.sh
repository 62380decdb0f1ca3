#!/bin/bash
#SBATCH --job-name=bevparse
#SBATCH --array=1-4
#SBATCH --output=bevparse-%A-%a.log
# The report follows when all shards have ended: sbatch --dependency=afterany:JOB --wrap 'bevparse report shard-*.bev'
# --exit-zero: findings are no failure of a shard.
bevparse validate /shared/dumps --jobs "${SLURM_CPUS_PER_TASK:-1}" --exit-zero \
    --save "shard-$SLURM_ARRAY_TASK_ID.bev" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
