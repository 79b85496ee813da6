import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    emptyOutDir: true,
    reportCompressedSize: false,
    lib: {
      entry: "src/main.ts",
      formats: ["iife"],
      name: "catenary",
      fileName: () => "report.js",
      cssFileName: "report",
    },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"] },
});
