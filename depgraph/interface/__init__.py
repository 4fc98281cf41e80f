"""The public interface: a function for each verb of the command line, and the results they return."""
