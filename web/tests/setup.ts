// jsdom has no canvas; drawing on one is looked at in a browser (tools/look.mjs).
HTMLCanvasElement.prototype.getContext = () => null;
