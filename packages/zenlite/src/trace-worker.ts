// The thread that loads the user's code and draws the graph: an entry of its own, so that the build makes it one file.
import "@zenlite/compiler/trace-worker";
