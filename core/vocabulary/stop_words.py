"""Words that are no BM25 terms: English function words, and the filler of requests for a film.

They are left out of documents and requests alike. Checked against `vibe_dev` queries: what is
listed under filler occurs in requests of every kind and tells nothing of the title wanted.
"""

__all__ = ["STOP_WORDS"]

_FUNCTION_WORDS = """
a about after again all also am an and any anybody anyone anything are aren as at be because been
being both but by can cannot could couldn d did didn do does doesn doing don down during each either
else even ever every few for from further get gets getting got had hadn has hasn have haven having he
her here hers herself him himself his how however i if in into is isn it its itself just let ll m may
maybe me might mine more most much must my myself neither no nor not now of off on once one ones only
or other others our ours ourselves out over own quite re really s same shall she should shouldn since
so some somebody someone something such t than that the their theirs them themselves then there these
they this those though through to too under until up upon us ve very was wasn we well were weren what
when where whether which while who whom whose why will with won would wouldn yet you your yours
yourself yourselves
"""

_FILLER = """
movie movies film films flick flicks show shows series title titles recommend recommends recommended
recommendation recommendations recommending suggest suggests suggested suggestion suggestions find
finding look looking search searching want wants wanted need needs like likes liked similar watch
watching watched see seen seeking give tell please thanks help hey hi hello good great best nice
feature features featuring featured explore explores exploring involve involves involving include
includes including show showing story stories storyline plot plots theme themes themed set sets
tonight today know think thing things kind sort type types bit lot genre genres
"""

STOP_WORDS = frozenset(_FUNCTION_WORDS.split()) | frozenset(_FILLER.split())
