"""What every page shares: the session of a request, access, refusals, forms, language, menu, security.

The only place that knows the sign-in library. Holds no page of a capability and no rule of the trade.
"""
