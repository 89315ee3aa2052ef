"""The pages of CPR Batch: the vendor's batch window as pages, over the service's API with the person's own rights."""
