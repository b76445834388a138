"""What AWS asks of policies before a service does its work: data with the pages of AWS's documents, and its judge.

moto lets every request pass. The stand-in provider asks, before it makes or changes a resource, whether AWS could do
what the resource needs: the requests that AWS makes (`rows`) are decided by the policies in the account (`access`).
"""
