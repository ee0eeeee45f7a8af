// Preloaded into a measured process: says its peak resident memory (kilobytes) when it ends.
process.on("exit", () => process.stderr.write(`peak-memory ${process.resourceUsage().maxRSS}\n`));
