"""The other side: stand-ins on loopback that speak the protocols of the platforms and of the models'
servers, for tests and the playground. Nothing that answers people imports them.
"""
