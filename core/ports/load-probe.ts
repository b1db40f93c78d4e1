/** How busy this machine is. */
export interface LoadProbe {
  /** `processorLoad`: 0 (idle) to 1 (all processors busy), lately. */
  measure(): { readonly freeMemoryBytes: number; readonly processorLoad: number };
}
