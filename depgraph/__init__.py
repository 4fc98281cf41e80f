"""depgraph: from claims about supply chains to chokepoints one can walk back to their sources.

Modules are imported by name (``from depgraph import concentration``); importing the
package itself loads nothing heavy and changes nothing in the session.
"""

__version__ = "0.1.0"
